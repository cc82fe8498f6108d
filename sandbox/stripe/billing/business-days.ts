/** The days on which European banks settle (TARGET): no weekends and six holidays a year. */

const DAY_S = 86_400;

/** Midnight UTC of the n-th business day after the day of this moment. */
export function businessDaysAfter(moment: number, days: number): number {
  let midnight = moment - (moment % DAY_S);
  for (let counted = 0; counted < days;) {
    midnight += DAY_S;
    if (isBusinessDay(midnight)) counted += 1;
  }
  return midnight;
}

function isBusinessDay(midnight: number): boolean {
  const date = new Date(midnight * 1000);
  const weekday = date.getUTCDay();
  if (weekday === 0 || weekday === 6) return false;
  const monthDay = `${date.getUTCMonth() + 1}-${date.getUTCDate()}`;
  if (["1-1", "5-1", "12-25", "12-26"].includes(monthDay)) return false;
  const easter = easterSunday(date.getUTCFullYear());
  return midnight !== easter - 2 * DAY_S && midnight !== easter + DAY_S;
}

/** Gauss's rule in the form of Meeus, Jones and Butcher. */
function easterSunday(year: number): number {
  const golden = year % 19;
  const century = Math.floor(year / 100);
  const inCentury = year % 100;
  const moon = (19 * golden + century - Math.floor(century / 4) - Math.floor((8 * century + 13) / 25) + 15) % 30;
  const week = (32 + 2 * (century % 4) + 2 * Math.floor(inCentury / 4) - moon - (inCentury % 4)) % 7;
  const shift = Math.floor((golden + 11 * moon + 22 * week) / 451);
  const sum = moon + week - 7 * shift + 114;
  return Date.UTC(year, Math.floor(sum / 31) - 1, (sum % 31) + 1) / 1000;
}
