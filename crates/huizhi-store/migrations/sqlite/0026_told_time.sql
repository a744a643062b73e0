-- A message keeps the time that it told of: after a move, "booked" was shown with the new one. Those of before have none.
ALTER TABLE visit_message ADD COLUMN day TEXT;
ALTER TABLE visit_message ADD COLUMN minute INTEGER;
