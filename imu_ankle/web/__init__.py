"""The page in the browser: a guided session, and the dashboard. It carries; analysis is elsewhere."""
