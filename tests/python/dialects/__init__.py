"""Files as the programs of the field write them, each with the values that it holds."""
