"""Plans: when and where several products can be done, at one counter or at several in a row."""
