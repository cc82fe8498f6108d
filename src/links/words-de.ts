/** Station links: pages in German. Plain, calm, and about what the customer can do. */
import type { Words } from "./words.ts";

export const german: Words = {
  securedBy: "Zahlungen wickelt Stripe ab. Diese Seite sieht weder Karten- noch Kontodaten.",
  closeWindow: "Sie können diese Seite schließen.",
  update: {
    title: "Zahlungsart aktualisieren",
    lead: "Sie gelangen auf eine sichere Seite unseres Zahlungsdienstleisters Stripe. Dort können Sie eine andere Karte oder Bankverbindung angeben. Dabei wird nichts abgebucht.",
    button: "Weiter zu Stripe",
    nowhere:
      "Die Seite dafür ist gerade nicht verfügbar. Bitte antworten Sie auf unsere Nachricht, dann schicken wir Ihnen einen anderen Weg.",
    doneTitle: "Vielen Dank",
    done: "Falls Sie eine andere Zahlungsart angegeben haben, ist sie jetzt hinterlegt und gilt ab der nächsten Zahlung.",
    doneOpen: "Eine Rechnung ist noch offen. Sie können sie gleich mit der neuen Zahlungsart bezahlen.",
  },
  pay: {
    title: "Offene Rechnung bezahlen",
    invoice: "Offene Rechnung",
    invoiceOf: "Rechnung {number} vom {date}",
    last: "Warum es zuletzt nicht geklappt hat",
    button: "Jetzt {amount} bezahlen",
    charged: "Der Betrag wird einmal von der hinterlegten Zahlungsart abgebucht.",
    paidTitle: "Bezahlt, vielen Dank",
    paid: "Ihre Zahlung über {amount} ist bei uns eingegangen.",
    another: "Ihre Zahlung über {amount} ist eingegangen. Dies ist eine weitere offene Rechnung.",
    toInvoice: "Rechnung öffnen",
    unknown:
      "Wir haben die Zahlung angefragt und noch keine Antwort. Wenn Sie es noch einmal versuchen, geht dieselbe Zahlung weiter: Sie zahlen nicht doppelt.",
    declined: "Auch der Versuch eben hat leider nicht geklappt.",
    notStarted: "Die Zahlung ließ sich hier nicht starten. Die Seite der Rechnung zeigt einen anderen Weg.",
    again: "Noch einmal nachsehen",
    titles: {
      nothing_open: "Es ist nichts offen",
      not_payable: "Es ist nichts zu bezahlen",
      needs_person: "Das sehen wir uns gemeinsam an",
      processing: "Ihre Zahlung ist unterwegs",
      under_way: "Einen Moment, bitte",
      by_invoice: "Bitte zahlen Sie über die Rechnung",
      needs_confirmation: "Ihre Bank möchte eine Bestätigung",
      no_method: "Es fehlt eine Zahlungsart",
      not_curable: "Bitte verwenden Sie eine andere Zahlungsart",
      too_often: "Bitte verwenden Sie eine andere Zahlungsart",
    },
    refusals: {
      nothing_open: "Alle Ihre Rechnungen sind bezahlt. Sie müssen nichts tun.",
      not_payable: "Die Rechnung wurde aufgehoben. Sie müssen nichts tun.",
      needs_person:
        "Diese Zahlung lässt sich hier nicht wiederholen. Bitte antworten Sie auf unsere Nachricht, dann finden wir einen Weg.",
      processing:
        "Lastschriften brauchen einige Bankarbeitstage. Sie müssen nichts tun und sollten nicht ein zweites Mal zahlen.",
      under_way:
        "Ihre Zahlung wird gerade bearbeitet. Sehen Sie gleich noch einmal nach; bitte zahlen Sie nicht ein zweites Mal.",
      by_invoice: "Diese Rechnung wird nicht automatisch abgebucht. Auf ihr steht, wie Sie zahlen können.",
      needs_confirmation: "Die Zahlung muss bei Ihrer Bank bestätigt werden. Das geht auf der Seite der Rechnung.",
      no_method: "Es ist keine Zahlungsart hinterlegt, die belastet werden könnte. Bitte geben Sie zuerst eine an.",
      not_curable: "Ein weiterer Versuch mit derselben Zahlungsart würde nicht gelingen.",
      too_often: "Die Zahlung wurde mehrmals versucht. Ein weiterer Versuch heute würde kaum besser gehen.",
    },
  },
  saving: {
    title: "Sie würden {amount} im Jahr sparen",
    less: "weniger im Jahr, das sind {month} im Monat",
    with: "mit dem Tarif „{plan}“ statt „{current}“",
    none: "Keiner unserer anderen Tarife wäre für Sie derzeit günstiger.",
    noneTitle: "Ihr Tarif passt",
    unsaidTitle: "Wir möchten nicht raten",
    basis: {
      last: "Mit dem, was Sie im letzten Zeitraum genutzt haben",
      projected: "Mit dem, worauf dieser Zeitraum hinausläuft",
      present: "Mit dem, was Sie heute haben",
    },
    now: "Heute",
    instead: "Dann",
    sum: "Je Zeitraum",
    monthly: "Das sind im Monat",
    discount: "Rabatte",
    difference: "Unterschied im Jahr",
    cheaperBetween: "{from} bis {to}",
    cheaperFrom: "{from} und mehr",
    breakEven: "Mit {ranges} {name} ist „{plan}“ günstiger.",
    how: "Wie das berechnet ist",
    checked: "Stripes eigene Vorschau Ihrer nächsten Rechnung zeigt dieselben Beträge.",
    unchecked: "Die Beträge folgen aus den Preisen und Ihrer Nutzung, wie Stripe sie zählt.",
    period: "{from} bis {to}",
    receipt: "Beleg {id} vom {date}",
    taxes: "Beträge wie auf Ihren Rechnungen, mit oder ohne Steuer, wie Ihre Preise es sind.",
    each: {
      day: ["am Tag", "alle {count} Tage"],
      week: ["in der Woche", "alle {count} Wochen"],
      month: ["im Monat", "alle {count} Monate"],
      year: ["im Jahr", "alle {count} Jahre"],
    },
  },
  switch: {
    title: "Zu „{plan}“ wechseln",
    lead: "statt „{current}“, wie Sie es heute haben",
    button: "Weiter zu Stripe",
    when: "Stripe zeigt Ihnen genau, was heute abgebucht oder gutgeschrieben wird und ab wann der neue Preis gilt. Es ändert sich nichts, bevor Sie dort bestätigen.",
    refusals: {
      nothing_better: "Keiner unserer anderen Tarife wäre für Sie derzeit günstiger.",
      no_subscription: "Sie haben kein laufendes Abonnement, das sich hier ändern ließe.",
      changed_meanwhile: "Ihr Abonnement wurde gerade geändert. Bitte sehen Sie in ein paar Minuten noch einmal nach.",
      several_items:
        "Ihr Abonnement hat mehrere Teile, die Stripes Seite nicht zusammen ändern kann. Bitte antworten Sie auf unsere Nachricht, dann erledigen wir das für Sie.",
    },
    refusedTitle: "Dieser Wechsel geht hier nicht",
    doneTitle: "Vielen Dank",
    done: "Falls Sie den Wechsel bestätigt haben, gilt er so, wie Stripe es Ihnen gezeigt hat.",
    toSaving: "Zeigen, worauf das beruht",
    nowhere:
      "Die Seite dafür ist gerade nicht verfügbar. Bitte antworten Sie auf unsere Nachricht, dann erledigen wir das für Sie.",
  },
  closed: {
    title: "Dieser Link gilt nicht mehr",
    text: "Solche Links gelten nur eine begrenzte Zeit. Bitte antworten Sie auf unsere Nachricht oder schreiben Sie uns, dann schicken wir Ihnen einen neuen.",
  },
  busy: {
    title: "Einen Moment, bitte",
    text: "Diese Seite wurde gerade sehr oft aufgerufen. Bitte versuchen Sie es in einer Minute noch einmal.",
  },
  broken: {
    title: "Das hat gerade nicht geklappt",
    text: "Etwas antwortet im Moment nicht. Es wurde nichts abgebucht, was nicht auf Ihrer Rechnung steht. Bitte versuchen Sie es in ein paar Minuten noch einmal.",
  },
  refusedSaving: {
    no_subscription: "Sie haben derzeit kein laufendes Abonnement.",
    several_subscriptions:
      "Sie haben mehrere Abonnements. Bitte antworten Sie auf unsere Nachricht, dann vergleichen wir sie für Sie.",
    subscription_ends: "Ihr Abonnement läuft aus, sodass ein Wechsel nichts sparen würde.",
    planned: "Eine Änderung Ihres Abonnements ist schon geplant, oder seine Rechnungen sind ausgesetzt.",
    renewing: "Ihr Abonnement wird gerade verlängert. Bitte sehen Sie in ein paar Minuten noch einmal nach.",
    usage:
      "Für einen verlässlichen Vergleich gibt es noch zu wenig Nutzung. Bitte sehen Sie in einigen Tagen noch einmal nach.",
    unsure:
      "Wir können nicht verlässlich sagen, was ein anderer Tarif Sie kosten würde. Bitte antworten Sie auf unsere Nachricht, dann sehen wir es uns gemeinsam an.",
  },
};
