-- What is on record of some notifications and their families, for what was decided of them to be decided again: ids, codes and times. Nothing is locked or written.
-- Answers [{id, territoryId, userId, category, priority, at, channels, terms, onCallRole, policyId, rules, reopened, raised, overAt, failedAt, told, acts, reached, covers}], where
--   told      the rounds in which people were told: {userId, round, at, deliveries: [{channel, status, reason, holdUntil}]}; what a supervisor asked for is none
--   acts      who acknowledged or declined, and when: {userId, kind, at}
--   reached   {<person>: when a device confirmed it; of what is critical, when they had seen it}
--   covers    {<person>: their delegate, who was told in it}
--   overAt    when it ended otherwise than by an acknowledgement: its own time, or its sender, or a supervisor
--   failedAt  when the last channel of its recipient's first round had failed, where all did
CREATE FUNCTION @past_decisions(roots uuid[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  root uuid;
  family uuid[];
  answer jsonb := '[]';
BEGIN
  FOREACH root IN ARRAY roots LOOP
    PERFORM set_config('app.actor', 'worker:' || root, true);
    family := root || ARRAY(SELECT copies.id FROM public.notifications AS copies WHERE copies.escalated_from = root);
    answer := answer || (SELECT coalesce(jsonb_agg(jsonb_build_object(
        'id', alert.id, 'territoryId', alert.territory_id, 'userId', alert.user_id, 'category', alert.category, 'priority', alert.priority, 'at', alert.created_at,
        'channels', sends.channels, 'terms', sends.channel_terms, 'onCallRole', sends.on_call_role, 'policyId', sends.escalation_policy_id, 'rules', alert.escalation,
        'reopened', alert.first_round > 0, 'raised', alert.repeats > 0 AND alert.told_again_at IS NOT NULL,
        'overAt', least(alert.expires_at, alert.resolved_at, alert.closed_at, alert.replaced_at,
          -- Few are taken back; of all others the timeline is not asked.
          CASE WHEN alert.status = 'cancelled' THEN (SELECT min(events.at) FROM public.delivery_events AS events
            WHERE events.notification_id = root AND events.status = 'cancelled') END),
        'failedAt', (SELECT max(own.updated_at) FROM public.deliveries AS own
          WHERE own.notification_id = root AND own.round = alert.first_round AND own.redelivery_of IS NULL
          HAVING bool_and(own.status IN ('failed', 'skipped')) AND bool_or(own.status = 'failed')),
        'told', (SELECT coalesce(jsonb_agg(to_jsonb(told) ORDER BY told.round, told."userId"), '[]') FROM (
          SELECT own.user_id AS "userId", own.round, min(own.created_at) AS at, jsonb_agg(jsonb_build_object('channel', own.channel, 'status', own.status,
            'reason', own.reason, 'holdUntil', own.hold_until) ORDER BY own.position) AS deliveries
          FROM public.deliveries AS own WHERE own.notification_id = ANY (family) AND own.redelivery_of IS NULL GROUP BY own.user_id, own.round) AS told),
        'acts', (SELECT coalesce(jsonb_agg(jsonb_build_object('userId', acts.user_id, 'kind', acts.kind, 'at', acts.at) ORDER BY acts.at), '[]') FROM (
          SELECT own.user_id, 'acknowledged' AS kind, own.acknowledged_at AS at FROM public.notifications AS own
          WHERE own.id = ANY (family) AND own.acknowledged_by = own.user_id AND own.acknowledged_at IS NOT NULL
          UNION ALL SELECT own.user_id, 'declined', own.declined_at FROM public.notifications AS own
          WHERE own.id = ANY (family) AND own.declined_at IS NOT NULL) AS acts),
        'reached', (SELECT coalesce(jsonb_object_agg(seen.user_id, seen.at), '{}') FROM (
          SELECT own.user_id, least(own.seen_at, own.read_at, CASE WHEN alert.priority <> 'critical' THEN (SELECT min(live.updated_at)
            FROM public.deliveries AS live WHERE live.notification_id = own.id AND live.status = 'delivered' AND live.redelivery_of IS NULL) END) AS at
          FROM public.notifications AS own WHERE own.id = ANY (family)) AS seen WHERE seen.at IS NOT NULL),
        'covers', (SELECT coalesce(jsonb_object_agg(covered, own.user_id), '{}')
          FROM public.notifications AS own CROSS JOIN LATERAL unnest(own.covers_for) AS covered WHERE own.id = ANY (family)))), '[]')
      FROM public.notifications AS alert LEFT JOIN public.sends ON sends.id = alert.send_id WHERE alert.id = root);
  END LOOP;
  RETURN answer;
END $$;
