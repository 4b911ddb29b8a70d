-- Its recipient is told of it as of what is critical, since nobody else answered, whatever its priority: that stays the alert's own.
ALTER TABLE notifications ADD COLUMN told_as_critical boolean NOT NULL DEFAULT false;
