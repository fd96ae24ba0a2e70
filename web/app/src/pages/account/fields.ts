/** What the server takes in accounts' fields, so that it is said before anything is sent. */

export const USERNAME = /^[\p{L}\p{N}_.@+-]{1,64}$/u
const EMAIL = /^[^@\s]+@[^@\s]+$/
const PHONE = /^\+?[0-9][0-9 ()./-]*$/

export function isUsername(value: string): boolean {
  return USERNAME.test(value)
}

export function isPassword(value: string): boolean {
  return value.length >= 8 && value.length <= 128
}

/** These are optional: nothing is fine. */
export function isName(value: string): boolean {
  return value.length <= 100
}

export function isEmail(value: string): boolean {
  return value === "" || (value.length <= 254 && EMAIL.test(value))
}

export function isPhoneNumber(value: string): boolean {
  return value === "" || (value.length <= 32 && PHONE.test(value))
}
