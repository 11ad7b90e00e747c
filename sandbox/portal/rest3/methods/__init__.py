"""What the methods of REST 3.0 do. Every module here is imported when the portal starts."""
