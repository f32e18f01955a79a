"""How the command reaches the machine of a stack, whichever kind it is."""
