/** What the server takes for groups, so that it is said before anything is sent. */

export const LONGEST_NAME = 100
export const LONGEST_DESCRIPTION = 1000

export function isGroupName(name: string): boolean {
  return name.trim() !== "" && name.trim().length <= LONGEST_NAME
}

export function isGroupPassword(password: string): boolean {
  return password.length >= 4 && password.length <= 128
}
