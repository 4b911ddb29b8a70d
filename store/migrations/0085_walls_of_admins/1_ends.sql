-- A screen ends with the role of the admin who granted it.
-- Older nodes: they write none of the new reasons, and read reasons as text.
ALTER TABLE walls DROP CONSTRAINT walls_ended_why_check,
  ADD CONSTRAINT walls_ended_why_check CHECK (ended_why IN ('ended', 'expired', 'unused', 'granter_disabled', 'granter_no_admin', 'territory_archived', 'token_reused'));
