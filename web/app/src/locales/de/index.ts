import account from "./account.json"
import chat from "./chat.json"
import common from "./common.json"
import ephemeral from "./ephemeral.json"
import groups from "./groups.json"
import notifications from "./notifications.json"

export default { account, chat, common, ephemeral, groups, notifications }
