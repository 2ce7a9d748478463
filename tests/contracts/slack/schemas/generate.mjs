// Writes a JSON Schema for the arguments of every call that the bot makes, into build/slack-schemas.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createGenerator } from "ts-json-schema-generator";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../../../../build/slack-schemas");
const calls = {
  "chat.delete": "ChatDeleteArguments",
  "chat.postMessage": "ChatPostMessageArguments",
  "chat.update": "ChatUpdateArguments",
  "chat.postEphemeral": "ChatPostEphemeralArguments",
  "chat.getPermalink": "ChatGetPermalinkArguments",
  "conversations.history": "ConversationsHistoryArguments",
  "conversations.list": "ConversationsListArguments",
  "conversations.replies": "ConversationsRepliesArguments",
  "conversations.open": "ConversationsOpenArguments",
  "files.completeUploadExternal": "FilesCompleteUploadExternalArguments",
  "files.getUploadURLExternal": "FilesGetUploadURLExternalArguments",
  "usergroups.users.list": "UsergroupsUsersListArguments",
  "users.info": "UsersInfoArguments",
  "views.open": "ViewsOpenArguments",
};

mkdirSync(out, { recursive: true });
const generator = createGenerator({
  path: join(here, "node_modules/@slack/web-api/dist/types/request/index.d.ts"),
  tsconfig: join(here, "tsconfig.json"),
  skipTypeCheck: true,
  additionalProperties: false,
});
for (const [method, type] of Object.entries(calls)) {
  writeFileSync(join(out, `${method}.json`), JSON.stringify(generator.createSchema(type)));
  console.log(`${method}: ${type}`);
}
