import { expect, it } from "vitest";
import { isReadBack } from "./read-back.ts";

it.each([
  ["6.8", "6.8"],
  ["6.8", "6,8"],
  ["6.8", " 6.80 "],
  ["6.8 mmol/L", "6.8 MMOL/l"],
  ["6.8 mmol/L", "6.8"],
  ["6.8", "6,80 mmol/L"],
  ["120/80", "120/80 mmHg"],
  ["12 µg", "12 ug"],
  ["7", "7.0"],
  ["100", "100"],
  ["1,000", "1000"],
  ["+3", "3"],
  ["<0.5 ng/mL", "< 0.5"],
  ["> 500", ">500 mg/dL"],
  ["Group A positive", "group a  positive"],
])("%s is read back by %s", (sent, heard) => {
  expect(isReadBack(sent, heard)).toBe(true);
});

it.each([
  ["6.8", "8.6"],
  ["6.8", "68"],
  ["6.8", "6.81"],
  ["6.8", ""],
  ["6.8 mmol/L", "6.8 mg/dL"],
  ["6.8", "8.6 mmol/L"],
  ["6.8", "6.8 or 8.6"],
  ["6.8", "6.8k"],
  ["6.8", "mmol/L"],
  ["120/80", "120"],
  ["-3", "3"],
  ["<0.5 ng/mL", "0.5"],
  ["> 500 mg/dL", "500 mg/dL"],
  ["500", ">500"],
  ["100", "1"],
  ["10", "1.0"],
  ["Group A positive", "Group A negative"],
  ["Type 2 positive", "2"],
])("%s is not read back by %s", (sent, heard) => {
  expect(isReadBack(sent, heard)).toBe(false);
});
