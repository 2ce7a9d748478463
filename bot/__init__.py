"""The process: adapters, wiring and the command line. The only floor that touches the outside world."""
