import { isGrpcServiceError } from "@temporalio/client";

/** gRPC's NOT_FOUND. */
const NOT_FOUND = 5;

/** Whether Temporal refused a call because what it names is not there. */
export const isNotFound = (error: unknown): boolean =>
  isGrpcServiceError(error) && Number(error.code) === NOT_FOUND;
