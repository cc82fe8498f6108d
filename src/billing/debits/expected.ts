/** Station billing: when a bank debit will count as paid. */
import { dateOf, dayNumber, dayNumberOf, dayS } from "../../lib/day.ts";
import { addBusinessDays, businessDayFrom } from "./business-days.ts";
import type { DebitTiming } from "./methods.ts";

const hourS = 3600;

/** The moment (unix seconds) at which a debit that was made then should count as paid. */
export function expectedAt(timing: DebitTiming, createdS: number, isFirstOfMandate: boolean): number {
  const days = timing.days + (isFirstOfMandate ? timing.newMandateDays : 0);
  return addBusinessDays(timing.calendar, submissionDay(timing, createdS), days) * dayS + timing.atS;
}

/** The business day on which a debit that was made then goes to the banks. */
export function submissionDay({ calendar, cutOffS }: DebitTiming, createdS: number): number {
  if (cutOffS === null) return businessDayFrom(calendar, dayNumberOf(createdS));
  const local = createdS + centralEuropeanOffsetS(createdS);
  const isLate = local - dayNumberOf(local) * dayS >= cutOffS;
  return businessDayFrom(calendar, dayNumberOf(local) + (isLate ? 1 : 0));
}

/** Summer time lasts from the last Sunday of March to that of October, 01:00 UTC (directive 2000/84/EC). */
function centralEuropeanOffsetS(atS: number): number {
  const { year } = dateOf(dayNumberOf(atS));
  const isSummer = atS >= changeOver(year, 3) && atS < changeOver(year, 10);
  return isSummer ? 2 * hourS : hourS;
}

function changeOver(year: number, month: number): number {
  const last = dayNumber(year, month + 1, 0);
  return (last - dateOf(last).weekday) * dayS + hourS;
}
