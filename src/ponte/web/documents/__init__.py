"""Reports that people take along: sheets and documents."""

# Differences in the PDF; the sheet has all of them.
ROWS_IN_PDF = 200
