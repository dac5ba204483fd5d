"""Tests of Heard: each name is a sentence."""
