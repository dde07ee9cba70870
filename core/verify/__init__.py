"""May the shipped networks be used in this laboratory? Its own labelled cases against limits declared beforehand."""
