"""The base to build on: an upstream image where a registry answers, else one made from this machine's Debian mirror."""
