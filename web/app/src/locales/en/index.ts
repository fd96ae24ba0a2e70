import chat from "./chat.json"
import common from "./common.json"
import notifications from "./notifications.json"

/** What a chat and what is around it say. */
export default { chat, common, notifications }
