-- What comes after an acknowledgement: it is taken back, completed, or reminded of: docs/decisions/0064-over-and-undone.md.

-- Until when whoever acknowledged may take that back; null for what a colleague's acknowledgement closed.
ALTER TABLE notifications ADD COLUMN unacknowledge_until timestamptz;
-- When its next step would have been due, had its escalation not ended: it goes on there.
ALTER TABLE notifications ADD COLUMN stopped_step_at timestamptz;
-- When who took it over said that it is done, and who.
ALTER TABLE notifications ADD COLUMN completed_at timestamptz;
ALTER TABLE notifications ADD COLUMN completed_by text;
-- By when its policy wants it done, on what somebody acknowledged.
ALTER TABLE notifications ADD COLUMN completion_due_at timestamptz;
-- When the next reminder is due, and how many there were; on the first of a family.
ALTER TABLE notifications ADD COLUMN remind_at timestamptz;
ALTER TABLE notifications ADD COLUMN reminders integer NOT NULL DEFAULT 0;

-- A stand-down tells by a channel outside that there is nothing left to do about what it brought, the delivery that `redelivery_of` names, and how that ended:
-- taken, resolved, replaced, cancelled, expired or closed.
ALTER TABLE deliveries ADD COLUMN stand_down text;
-- Its channel ends what it began there, whoever acknowledged.
ALTER TABLE deliveries ADD COLUMN resolvable boolean NOT NULL DEFAULT false;

-- Older nodes: they would deliver once more what a stand-down ends, so they find none to start.
CREATE OR REPLACE FUNCTION public.stamp_due_lane() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  NEW.due_lane := CASE WHEN NEW.stand_down IS NOT NULL THEN 'stand_down'
    ELSE coalesce((SELECT lane FROM public.notifications WHERE id = NEW.notification_id), 'ordinary') END;
  RETURN NEW;
END $$;
