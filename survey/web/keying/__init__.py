"""Where staff key what is on paper or said by telephone: no counts, no box key, no cookie."""
