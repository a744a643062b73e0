-- A slot is read by its whole key, whichever index the database takes. By service and day alone it walked through all offices' slots of the
-- day for each of a batch: PostgreSQL did so on 512 wishes in 0.7 s.
DROP INDEX slot_by_service;
CREATE INDEX slot_by_service ON slot (service, day, office, minute);
