"""Looking at systems and at what is open; nothing is changed."""
