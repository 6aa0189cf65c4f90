"""Files that travel with the program: fonts, icons, digits, theme."""
