"""What sites ask of the bridge as a plugin: updates, what there is to say of it, downloads."""
