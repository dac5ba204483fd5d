"""Statistics of the survey: arrays in, arrays out; nothing of the house."""
