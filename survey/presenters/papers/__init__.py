"""What is printed for those without a phone, and for those with one: form, poster, cards."""
