/** Why a calendar can't be gone by, as a whole. */
export const CALENDAR_FAULTS = {
  not_icalendar: "is no iCalendar, or breaks off",
  too_long: "takes too long to read",
  too_many_shifts: "has more shifts than can be kept",
  no_shifts: "has no shift of a known person within the coming year",
} as const;
export type CalendarFault = keyof typeof CALENDAR_FAULTS;

/** A calendar can't be gone by, as a whole. */
export class CalendarError extends Error {
  readonly fault: CalendarFault;

  constructor(fault: CalendarFault) {
    super(`the calendar ${CALENDAR_FAULTS[fault]}`);
    this.name = "CalendarError";
    this.fault = fault;
  }
}

/** Why an event of a calendar makes no shift. */
export const EVENT_FAULTS = [
  "person_unknown",
  "several_people",
  "time_unreadable",
  "zone_unknown",
  "rule_unreadable",
  "too_many_times",
] as const;
export type EventFault = (typeof EVENT_FAULTS)[number];

/** An event makes no shift. */
export class EventError extends Error {
  readonly fault: EventFault;

  constructor(fault: EventFault) {
    super(fault);
    this.name = "EventError";
    this.fault = fault;
  }
}
