"""What people type, press and fill in, and what it means."""
