"""Groups of commands, each in a module of its own; the command line registers them."""
