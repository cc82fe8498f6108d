/** Station billing: what people may be told about a payment that failed. Texts are data; every one is safe to show. */
import type { Localised } from "../../model/payment-trouble.ts";

export type ReasonText = {
  /** What happened. */
  readonly reason: Localised;
  /** What the customer can do. */
  readonly advice: Localised;
};

const useAnother: Localised = {
  en: "Please use another payment method.",
  de: "Bitte verwenden Sie eine andere Zahlungsart.",
};
const checkCard: Localised = {
  en: "Please check the details of the card or enter them again.",
  de: "Bitte prüfen Sie die Kartendaten oder geben Sie sie neu ein.",
};
const checkAccount: Localised = {
  en: "Please enter the bank account again or use another payment method.",
  de: "Bitte geben Sie die Bankverbindung neu ein oder verwenden Sie eine andere Zahlungsart.",
};
const askBank: Localised = {
  en: "Please ask your bank, or use another payment method.",
  de: "Bitte fragen Sie Ihre Bank oder verwenden Sie eine andere Zahlungsart.",
};
const nothing: Localised = { en: "You do not need to do anything.", de: "Sie müssen nichts tun." };
const contactUs: Localised = { en: "Please contact us.", de: "Bitte melden Sie sich bei uns." };

export const reasonTexts = {
  insufficient_funds: {
    reason: { en: "There was not enough money on the account.", de: "Das Konto war nicht ausreichend gedeckt." },
    advice: {
      en: "Please see to it that there is enough money, or use another payment method.",
      de: "Bitte sorgen Sie für ausreichende Deckung oder verwenden Sie eine andere Zahlungsart.",
    },
  },
  declined: {
    reason: { en: "The card was declined.", de: "Die Karte wurde abgelehnt." },
    advice: askBank,
  },
  payment_refused: {
    reason: { en: "The payment was declined.", de: "Die Zahlung wurde abgelehnt." },
    advice: useAnother,
  },
  permission_missing: {
    reason: {
      en: "The permission to charge this payment method is no longer valid.",
      de: "Die Erlaubnis, diese Zahlungsart zu belasten, gilt nicht mehr.",
    },
    advice: {
      en: "Please set up the payment method again or use another one.",
      de: "Bitte richten Sie die Zahlungsart neu ein oder verwenden Sie eine andere.",
    },
  },
  limit_exceeded: {
    reason: {
      en: "A limit of the card or account was exceeded.",
      de: "Ein Limit der Karte oder des Kontos wurde überschritten.",
    },
    advice: askBank,
  },
  try_later: {
    reason: { en: "The bank could not be reached.", de: "Die Bank war nicht erreichbar." },
    advice: nothing,
  },
  not_supported: {
    reason: {
      en: "The card cannot be used for this kind of payment.",
      de: "Die Karte kann für diese Art von Zahlung nicht verwendet werden.",
    },
    advice: useAnother,
  },
  stopped_by_payer: {
    reason: { en: "The payment was stopped at the bank.", de: "Die Zahlung wurde bei der Bank gesperrt." },
    advice: useAnother,
  },
  authentication: {
    reason: {
      en: "The bank asks for the payment to be confirmed.",
      de: "Die Bank verlangt eine Bestätigung der Zahlung.",
    },
    advice: {
      en: "Please open the invoice and confirm the payment with your bank.",
      de: "Bitte öffnen Sie die Rechnung und bestätigen Sie die Zahlung bei Ihrer Bank.",
    },
  },
  card_expired: {
    reason: { en: "The card has expired.", de: "Die Karte ist abgelaufen." },
    advice: { en: "Please enter your new card.", de: "Bitte hinterlegen Sie Ihre neue Karte." },
  },
  card_number: {
    reason: { en: "The card number is not right.", de: "Die Kartennummer stimmt nicht." },
    advice: checkCard,
  },
  card_details: {
    reason: { en: "The details of the card are not right.", de: "Die Kartendaten stimmen nicht." },
    advice: checkCard,
  },
  account_closed: {
    reason: { en: "The bank account is closed.", de: "Das Bankkonto ist geschlossen." },
    advice: checkAccount,
  },
  account_wrong: {
    reason: { en: "The bank account could not be found.", de: "Das Bankkonto wurde nicht gefunden." },
    advice: checkAccount,
  },
  holder_wrong: {
    reason: {
      en: "Name or address do not match the bank account.",
      de: "Name oder Anschrift passen nicht zum Bankkonto.",
    },
    advice: checkAccount,
  },
  account_blocked: {
    reason: { en: "The bank account does not allow direct debits.", de: "Das Bankkonto lässt keine Lastschriften zu." },
    advice: useAnother,
  },
  mandate_missing: {
    reason: {
      en: "The bank knows of no permission for the direct debit.",
      de: "Der Bank liegt keine gültige Erlaubnis für die Lastschrift vor.",
    },
    advice: {
      en: "Please give a new permission for direct debits, or use another payment method.",
      de: "Bitte erteilen Sie ein neues Lastschriftmandat oder verwenden Sie eine andere Zahlungsart.",
    },
  },
  taken_back: {
    reason: { en: "The direct debit was taken back.", de: "Der Lastschrift wurde widersprochen." },
    advice: contactUs,
  },
  debit_refused: {
    reason: {
      en: "The bank did not carry out the direct debit.",
      de: "Die Bank hat die Lastschrift nicht ausgeführt.",
    },
    advice: askBank,
  },
  debit_technical: {
    reason: {
      en: "The direct debit could not be processed.",
      de: "Die Lastschrift konnte nicht verarbeitet werden.",
    },
    advice: nothing,
  },
  /** Says nothing about why, on purpose. */
  debit_stopped: {
    reason: { en: "The direct debit could not be carried out.", de: "Die Lastschrift konnte nicht ausgeführt werden." },
    advice: contactUs,
  },
} as const satisfies Readonly<Record<string, ReasonText>>;

export type FailureReason = keyof typeof reasonTexts;

/** What the customer can do. Once the attempts that make sense are used up, waiting helps no more. */
export function adviceOn(reason: FailureReason, retriesLeft: number): Localised {
  const advice: Localised = reasonTexts[reason].advice;
  return advice === nothing && retriesLeft === 0 ? useAnother : advice;
}
