"""Reports that people take along: sheets and documents."""
