"""Files that tests compare with."""
