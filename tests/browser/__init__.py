"""Real Chromium, phone width, script on and off."""
