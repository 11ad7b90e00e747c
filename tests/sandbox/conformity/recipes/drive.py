"""``disk.*``."""

from __future__ import annotations

from tests.sandbox.conformity.recipes.recipe import Recipe, Recipes, by_application

FILE, FOLDER, STORAGE = {"id": "$file"}, {"id": "$folder"}, {"id": "$storage"}
CONTENT = {"fileContent": ["new.txt", "0JTQsA=="]}
UPLOAD = {"data": {"NAME": "new.txt"}, **CONTENT}

RECIPES: Recipes = {
    "disk.attachedObject.get": {"id": "$attachment"},
    "disk.file.restoreFromVersion": {**FILE, "versionId": "$version"},
    "disk.storage.rename": Recipe({"id": "$app_storage", "newName": "Иначе"}, app=True),
    "disk.version.get": {"id": "$version"},
    "disk.file.copyTo": {**FILE, "targetFolderId": "$other_folder"},
    "disk.file.delete": FILE,
    "disk.file.get": FILE,
    "disk.file.getExternalLink": FILE,
    "disk.file.getFields": {},
    "disk.file.getVersions": FILE,
    "disk.file.markDeleted": FILE,
    "disk.file.moveTo": {**FILE, "targetFolderId": "$other_folder"},
    "disk.file.rename": {**FILE, "newName": "other.txt"},
    "disk.file.restore": FILE,
    "disk.file.search": {"QUERY": "note"},
    "disk.file.search #2": {"QUERY": "nothing of this kind"},
    "disk.file.uploadVersion": {**FILE, **CONTENT},
    "disk.folder.addSubFolder": {**FOLDER, "data": {"NAME": "Ещё"}},
    "disk.folder.copyTo": {**FOLDER, "targetFolderId": "$other_folder"},
    "disk.folder.deleteTree": FOLDER,
    "disk.folder.get": FOLDER,
    "disk.folder.getChildren": FOLDER,
    "disk.folder.getExternalLink": FOLDER,
    "disk.folder.getFields": {},
    "disk.folder.markDeleted": FOLDER,
    "disk.folder.moveTo": {**FOLDER, "targetFolderId": "$other_folder"},
    "disk.folder.rename": {**FOLDER, "newName": "Иначе"},
    "disk.folder.restore": FOLDER,
    "disk.folder.shareToUser": {**FOLDER, "userId": "$seller", "taskName": "disk_access_read"},
    "disk.folder.uploadFile": {**FOLDER, **UPLOAD},
    "disk.rights.getTasks": {},
    "disk.storage.addFolder": {**STORAGE, "data": {"NAME": "Ещё"}},
    "disk.storage.get": STORAGE,
    "disk.storage.getChildren": STORAGE,
    "disk.storage.getFields": {},
    "disk.storage.getForApp": by_application(),
    "disk.storage.getList": {},
    "disk.storage.getTypes": {},
    "disk.storage.uploadFile": {**STORAGE, **UPLOAD},
}
