"""The credit monitor's folder: the adapter against real files, real processes and real kills."""
