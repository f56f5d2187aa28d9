import { rule } from './recognizer.js';
import { Sign } from './scan.js';

/** @handles, where the text speaks of an account: elsewhere they are how people of a chat call each other. */
export const handleRecognizer = rule({
  type: 'USERNAME',
  pattern: /(?<![\w@./])@[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,30}[A-Za-z0-9_])/g,
  score: 0.3,
  context: 'user',
  scoreInContext: 0.7,
  signs: Sign.at,
});

/** Names that are given as such: "username: ada_l", "my login is ada.l". */
export const usernameRecognizer = rule({
  type: 'USERNAME',
  pattern:
    /\b(?:user[ _-]?(?:name|id)|login(?: name)?|screen ?name|nick(?:name)?|handle|gamertag|benutzername|nutzername|nom d'utilisateur|usuario|gebruikersnaam|nome utente)(?: (?:is|ist|est|es|are|è)(?: now)?:?| ?[:=])\s{0,2}["'`]?(?<value>@?[\p{L}\p{N}_](?:[\p{L}\p{N}_.-]{0,30}[\p{L}\p{N}_]))/giu,
  score: 0.1,
  context: 'user',
  scoreInContext: 0.75,
  accepts: ({ value }) => !/^(?:and|the|not|already|taken|wrong|invalid|required|incorrect|unknown|a|in)$/i.test(value),
});
