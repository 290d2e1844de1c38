-- When the merchant closed the guide of the first visit; NULL: it is shown.
ALTER TABLE connection ADD COLUMN guide_closed_at timestamptz;
