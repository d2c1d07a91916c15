"""What every page of ours shares: the look, the headers, the files, the way to say sorry."""
