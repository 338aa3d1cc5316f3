"""Words for results and for progress, the same in tables, pictures, reports and pages."""
