"""Tools of the developers: what is generated in the tree."""
