-- Wishes, addresses and absences of the people whom a step tells are asked for at once, as inboxes are (0038_pages).
ALTER POLICY worker ON preferences USING (actor_kind() = 'worker' AND (user_id = ANY ((SELECT worker_page_people())::text[])
  OR worker_reaches(user_id, (SELECT worker_territory()))));
ALTER POLICY worker ON contact_points USING (actor_kind() = 'worker' AND (user_id = ANY ((SELECT worker_page_people())::text[])
  OR worker_reaches(user_id, (SELECT worker_territory()))));
ALTER POLICY worker ON availability USING (actor_kind() = 'worker' AND (user_id = ANY ((SELECT worker_page_people())::text[])
  OR worker_reaches(user_id, (SELECT worker_territory()))));
