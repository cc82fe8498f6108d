/**
 * Domains of mailboxes that anybody can have: two people with one of them have no employer in common. Providers of mailboxes
 * to consumers, access providers and forwarding services; national names of a family are written out. The list is kept by
 * hand: a provider that is missing would make strangers one company, so whoever maps by domain looks at the first companies.
 */
const families = [
  "gmail.com googlemail.com",
  "outlook.com outlook.de outlook.fr outlook.es outlook.it outlook.at outlook.be outlook.dk outlook.ie outlook.pt",
  "hotmail.com hotmail.de hotmail.fr hotmail.es hotmail.it hotmail.be hotmail.nl hotmail.se hotmail.ch hotmail.co.uk",
  "live.com live.de live.fr live.it live.nl live.be live.at live.dk live.se live.co.uk live.com.au msn.com passport.com",
  "yahoo.com yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.co.uk yahoo.co.in yahoo.in yahoo.ca yahoo.com.au yahoo.com.br",
  "yahoo.com.mx yahoo.com.ar yahoo.co.jp yahoo.ie yahoo.gr yahoo.pl yahoo.se yahoo.dk ymail.com rocketmail.com",
  "aol.com aol.de aol.fr aol.co.uk aim.com verizon.net netscape.net",
  "icloud.com me.com mac.com privaterelay.appleid.com",
  "proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com tutamail.com keemail.me",
  "gmx.de gmx.net gmx.at gmx.ch gmx.com gmx.fr gmx.es gmx.co.uk web.de mail.com email.com 1und1.de online.de",
  "t-online.de magenta.de freenet.de arcor.de vodafone.de vodafonemail.de kabelmail.de unitybox.de posteo.de posteo.net",
  "mailbox.org mail.de e-mail.de versanet.de ewetel.net ewe.net netcologne.de osnanet.de alice.de alice-dsl.net o2mail.de",
  "o2online.de hotmail.at aon.at chello.at a1.net kabsi.at bluewin.ch sunrise.ch hispeed.ch swissonline.ch vtxmail.ch",
  "orange.fr wanadoo.fr free.fr sfr.fr laposte.net neuf.fr numericable.fr bbox.fr cegetel.net club-internet.fr aliceadsl.fr",
  "libero.it virgilio.it tin.it alice.it tiscali.it fastwebnet.it inwind.it iol.it poste.it teletu.it email.it",
  "telefonica.net terra.es ono.com movistar.es sapo.pt clix.pt netcabo.pt iol.pt mail.pt",
  "ziggo.nl kpnmail.nl kpnplanet.nl planet.nl xs4all.nl hetnet.nl home.nl casema.nl upcmail.nl telfort.nl quicknet.nl",
  "telenet.be skynet.be proximus.be scarlet.be voo.be",
  "btinternet.com btopenworld.com sky.com talktalk.net virginmedia.com ntlworld.com blueyonder.co.uk plusnet.com eircom.net",
  "telia.com comhem.se bredband.net spray.se tele2.se online.no getmail.no frisurf.no tdcadsl.dk jubii.dk mail.dk",
  "elisanet.fi kolumbus.fi saunalahti.fi luukku.com suomi24.fi pp.inet.fi",
  "wp.pl o2.pl onet.pl onet.eu op.pl interia.pl interia.eu poczta.fm gazeta.pl vp.pl tlen.pl",
  "seznam.cz email.cz centrum.cz volny.cz post.cz atlas.cz azet.sk zoznam.sk centrum.sk freemail.hu citromail.hu indamail.hu",
  "abv.bg mail.bg dir.bg yahoo.ro mail.ee hot.ee inbox.lv inbox.lt one.lt siol.net gmail.si net.hr inet.hr otenet.gr",
  "mail.ru inbox.ru list.ru bk.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru ukr.net i.ua meta.ua",
  "comcast.net xfinity.com att.net sbcglobal.net bellsouth.net cox.net charter.net spectrum.net earthlink.net juno.com",
  "optonline.net frontier.com centurylink.net windstream.net rogers.com bell.net shaw.ca telus.net sympatico.ca videotron.ca",
  "bigpond.com bigpond.net.au optusnet.com.au iinet.net.au tpg.com.au xtra.co.nz",
  "uol.com.br bol.com.br terra.com.br ig.com.br globo.com hotmail.com.br outlook.com.br live.com.mx prodigy.net.mx hotmail.com.ar",
  "qq.com foxmail.com 163.com 126.com yeah.net sina.com sina.cn sohu.com aliyun.com 139.com 189.cn vip.qq.com",
  "naver.com hanmail.net daum.net nate.com docomo.ne.jp ezweb.ne.jp au.com softbank.ne.jp i.softbank.jp nifty.com",
  "rediffmail.com indiatimes.com hotmail.co.in singnet.com.sg pchome.com.tw hinet.net walla.com walla.co.il 012.net.il bezeqint.net",
  "mweb.co.za webmail.co.za telkomsa.net zoho.com zohomail.com zohomail.eu zohomail.in",
  "fastmail.com fastmail.fm hushmail.com hey.com runbox.com startmail.com mailfence.com disroot.org riseup.net duck.com",
  "mozmail.com simplelogin.com slmail.me anonaddy.com anonaddy.me addy.io relay.firefox.com inbox.com usa.com myself.com",
  "mailinator.com guerrillamail.com sharklasers.com yopmail.com 10minutemail.com temp-mail.org trashmail.com trash-mail.com",
];

/** Lower case. */
export const freeMailDomains: ReadonlySet<string> = new Set(families.flatMap((family) => family.split(" ")));
