"""What can be run, one module each."""
