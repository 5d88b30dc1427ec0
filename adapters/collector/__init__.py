"""Files to and from a collection office: where they lie (folder, sftp), and how they are written (generic, ums)."""
