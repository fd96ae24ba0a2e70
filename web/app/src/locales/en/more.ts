import account from "./account.json"
import ephemeral from "./ephemeral.json"
import groups from "./groups.json"

/** What pages say that have more to them than a chat. */
export default { account, ephemeral, groups }
