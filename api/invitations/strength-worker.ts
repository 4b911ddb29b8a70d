import { parentPort, workerData } from "node:worker_threads";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import * as common from "@zxcvbn-ts/language-common";
import * as english from "@zxcvbn-ts/language-en";

/** What the thread is asked. */
export interface Question {
  password: string;
  about: string[];
}

/** Characters that are judged at a time: the work grows faster than the length does. */
const PIECE = 32;
/** What anybody tries first here, beside what is known of the person. */
const KNOWN_HERE = ["tocsin", "hospital", "clinic", "clinician", "demo", "correcthorsebatterystaple"];
/** Scores from 0 to 4; 3 needs more than 10^8 guesses. */
const GOOD = 3;

const judge = new ZxcvbnFactory({
  dictionary: { ...common.dictionary, ...english.dictionary },
  graphs: common.adjacencyGraphs,
});

/** A long password is as good as its beginning or its end, at least. */
const pieces = (password: string): string[] =>
  password.length <= PIECE ? [password] : [password.slice(0, PIECE), password.slice(-PIECE)];

const isWeak = (text: string, about: string[]): boolean =>
  pieces(text).every((piece) => judge.check(piece, about).score < GOOD);

const { password, about: person }: Question = workerData;
const about = [...person, ...KNOWN_HERE];
// What stands between words, which hides them from the judge, makes none of them harder to guess.
parentPort?.postMessage([password, password.replaceAll(/[\s._-]/g, "")].some((text) => isWeak(text, about)));
