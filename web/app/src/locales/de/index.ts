import account from "./account.json"
import common from "./common.json"
import groups from "./groups.json"

export default { account, common, groups }
