"""An approved request has its effect: once, seen through, and told."""
