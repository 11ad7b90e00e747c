"""The record of one case: what changed on the portal between two looks, and all of it as a document (R1-R28)."""
