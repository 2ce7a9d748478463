"""An alert: what is stored of it, its life, its card, its storm, and who is called because of it."""
