"""From a wish to a request, to its approval spent, to its way back."""
